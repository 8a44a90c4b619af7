// Values of `nvidia-smi` from real machines, by the names of its fields, and parts of its logs. UUIDs are made up.

/** Values of a GPU by field. A missing field is one that the driver refuses. */
export type Recorded = Readonly<Record<string, string>>;

const NONE = "[N/A]";

/** A GPU for data centres, divided into instances: driver 580. */
export const H200_MIG: Recorded = {
  uuid: "GPU-00000000-0000-0000-0000-000000000200",
  index: "0",
  driver_version: "580.173.02",
  "utilization.gpu": NONE,
  "utilization.memory": NONE,
  "utilization.encoder": NONE,
  "utilization.decoder": NONE,
  "memory.total": "143771",
  "memory.used": "44",
  "temperature.gpu": "37",
  "temperature.memory": "38",
  "power.draw": "89.93",
  "enforced.power.limit": "700.00",
  "clocks.current.graphics": "345",
  "clocks.current.sm": "345",
  "clocks.current.memory": "3201",
  "clocks.current.video": "765",
  "clocks_event_reasons.active": "0x0000000000000001",
  "clocks_event_reasons_counters.sw_power_cap": "0",
  "clocks_event_reasons_counters.sync_boost": "0",
  "clocks_event_reasons_counters.sw_thermal_slowdown": "0",
  "clocks_event_reasons_counters.hw_thermal_slowdown": "0",
  "clocks_event_reasons_counters.hw_power_brake_slowdown": "0",
  "ecc.errors.corrected.aggregate.total": "0",
  "ecc.errors.uncorrected.aggregate.total": "0",
  gpu_recovery_action: "None",
  name: "NVIDIA H200",
};

/** A GPU at its limit of power, with two programs: driver 580. Its whole log is `h100-log.xml`. */
export const H100: Recorded = {
  ...H200_MIG,
  uuid: "GPU-00000000-0000-0000-0000-000000000100",
  driver_version: "580.159.04",
  "utilization.gpu": "99",
  "utilization.memory": "34",
  "utilization.encoder": "0",
  "utilization.decoder": "0",
  "memory.total": "81559",
  "memory.used": "11903",
  "temperature.gpu": "61",
  "temperature.memory": "54",
  "power.draw": "699.61",
  "clocks.current.graphics": "1350",
  "clocks.current.sm": "1350",
  "clocks.current.memory": "2619",
  "clocks.current.video": "1365",
  "clocks_event_reasons.active": "0x0000000000000004",
  "clocks_event_reasons_counters.sw_power_cap": "16048522",
  name: "NVIDIA H100 80GB HBM3",
};

/** A consumer GPU that encodes two videos: driver 595. */
export const RTX_2080: Recorded = {
  ...H200_MIG,
  uuid: "GPU-00000000-0000-0000-0000-000000002080",
  driver_version: "595.71.05",
  "utilization.gpu": "8",
  "utilization.memory": "3",
  "utilization.encoder": "100",
  "utilization.decoder": "0",
  "memory.total": "8192",
  "memory.used": "819",
  "temperature.gpu": "45",
  "temperature.memory": "N/A",
  "power.draw": "98.55",
  "enforced.power.limit": "250.00",
  "clocks_event_reasons.active": "0x0000000000000000",
  "clocks_event_reasons_counters.sw_power_cap": "221310321",
  "ecc.errors.corrected.aggregate.total": NONE,
  "ecc.errors.uncorrected.aggregate.total": NONE,
  name: "NVIDIA GeForce RTX 2080 SUPER",
};

/** A GPU with an old driver, which knows fewer fields, and says otherwise that it has no value. */
export const OLD_DRIVER: Recorded = {
  uuid: "GPU-00000000-0000-0000-0000-000000001030",
  index: "1",
  driver_version: "430.50",
  "utilization.gpu": "[Not Supported]",
  "utilization.memory": "[Not Supported]",
  "memory.total": "2001",
  "memory.used": "7",
  "temperature.gpu": "33",
  "power.draw": "[Not Supported]",
  "enforced.power.limit": "[Unknown Error]",
  "clocks.current.graphics": "139",
  "clocks.current.sm": "139",
  "clocks.current.memory": "405",
  "clocks.current.video": "544",
  "clocks_throttle_reasons.active": "0x0000000000000024",
  name: "GeForce GT 1030",
};

/** A log with instances (driver 535) and one with processes (driver 590). */
export const LOG = `<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
<nvidia_smi_log>
	<driver_version>535.54.03</driver_version>
	<gpu id="00000000:01:00.0">
		<mig_devices>
			<mig_device>
				<index>0</index>
				<gpu_instance_id>3</gpu_instance_id>
				<compute_instance_id>0</compute_instance_id>
				<ecc_error_count>
					<volatile_count>
						<sram_uncorrectable>0</sram_uncorrectable>
					</volatile_count>
				</ecc_error_count>
				<fb_memory_usage>
					<total>19968 MiB</total>
					<reserved>0 MiB</reserved>
					<used>12 MiB</used>
					<free>19955 MiB</free>
				</fb_memory_usage>
				<bar1_memory_usage>
					<total>32767 MiB</total>
					<used>0 MiB</used>
				</bar1_memory_usage>
			</mig_device>
		</mig_devices>
		<uuid>${H200_MIG["uuid"]}</uuid>
		<pci>
			<pci_gpu_link_info>
				<link_widths>
					<max_link_width>16x</max_link_width>
				</link_widths>
			</pci_gpu_link_info>
			<tx_util>4000 KB/s</tx_util>
			<rx_util>0 KB/s</rx_util>
		</pci>
		<processes>
		</processes>
	</gpu>
	<gpu id="00000000:81:00.0">
		<mig_devices>
			None
		</mig_devices>
		<uuid>${RTX_2080["uuid"]}</uuid>
		<pci>
			<tx_util>N/A</tx_util>
			<rx_util>439 KB/s</rx_util>
		</pci>
		<supported_clocks>
			<supported_mem_clock>
				<value>8001 MHz</value>
				<supported_graphics_clock>2100 MHz</supported_graphics_clock>
			</supported_mem_clock>
		</supported_clocks>
		<processes>
			<process_info>
				<gpu_instance_id>N/A</gpu_instance_id>
				<compute_instance_id>N/A</compute_instance_id>
				<pid>5267</pid>
				<type>C</type>
				<process_name>/opt/a&amp;b/bin/ffmpeg -i https://user:secret@host/</process_name>
				<used_memory>230 MiB</used_memory>
			</process_info>
			<process_info>
				<gpu_instance_id>N/A</gpu_instance_id>
				<compute_instance_id>N/A</compute_instance_id>
				<pid>4584</pid>
				<type>G</type>
				<process_name>C:\\Program Files\\Shop\\shop.exe --key=secret</process_name>
				<used_memory>3 MiB</used_memory>
			</process_info>
			<process_info>
				<pid>77</pid>
				<process_name>[Insufficient Permissions]</process_name>
				<used_memory>N/A</used_memory>
			</process_info>
		</processes>
	</gpu>
</nvidia_smi_log>
`;
