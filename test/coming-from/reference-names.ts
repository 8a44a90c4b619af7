/** The names in the systems of `docs/coming-from.md`, by chapter and part. */
export const REFERENCE_NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "The command server's collector": {
    "Class and methods": "TelemetryCollector __init__ stats record_execution get_stats get_system_metrics",
    Keys: `commands_executed successful_commands failed_commands total_execution_time start_time uptime_seconds
      success_rate average_execution_time system_metrics cpu_percent memory_percent disk_usage network_io`,
  },
  "The collector with hooks and exporters": {
    Collector: `TelemetryCollector collection_interval register_counter register_gauge register_histogram get_metric
      record_event add_hook start_collection stop_collection get_snapshot`,
    "Metric types": "Counter Gauge Histogram increment set decrement observe buckets",
    Exporters: `MetricsExporter PrometheusAdapter JSONExporter MultiExporter PeriodicExporter export_metrics start
      stop interval`,
    Hooks: "setup_coordination_hooks setup_messaging_hooks setup_health_hooks",
    Metrics: `coordination_messages_total coordination_active_nodes coordination_message_latency_seconds
      messages_sent_total messages_received_total message_queue_size message_processing_duration_seconds health_status
      health_checks_total health_check_duration_seconds telemetry_collection_runs_total
      telemetry_collection_duration_seconds telemetry_metrics_count telemetry_events_total`,
    "Keys of the JSON document": "timestamp metrics value labels events_count running",
    "Further parts": "TelemetryCollectionFailed HighTelemetryCollectionDuration",
  },
  "The four performance collectors": {
    "Functions and types": `get_system_collector get_application_collector get_network_collector get_custom_collector
      PerformanceMetric MetricUnit`,
    "`SystemMetricsCollector`": `SystemMetricsCollector __init__ collect_cpu_metrics collect_memory_metrics
      collect_disk_metrics collect_network_metrics collect_all_system_metrics start_continuous_collection
      stop_continuous_collection _collection_loop get_collected_metrics`,
    "`ApplicationMetricsCollector`": `ApplicationMetricsCollector __init__ performance_timer performance_tracker
      record_custom_metric get_call_counts get_collected_metrics decorator wrapper`,
    "`NetworkMetricsCollector`": `NetworkMetricsCollector __init__ measure_tcp_latency measure_http_request
      measure_throughput get_collected_metrics`,
    "`CustomMetricsCollector`": `CustomMetricsCollector __init__ increment_counter set_gauge record_histogram_value
      record_business_metric get_counter_values get_gauge_values reset_counters get_collected_metrics`,
  },
  "The bridge's telemetry": {
    "`BridgeTelemetry`": `BridgeTelemetry __init__ record_event record_metric get_metrics health_check MEAN SUM MIN MAX
      COUNT`,
    "Its parts": `validate_event_data _validate_event detect_infinite_loop BridgeLogger log ErrorHandler
      handle_exception create_error_response store_event store_metric retrieve_metrics process_event process_metric
      aggregate _initialize_storage _initialize_aggregators _initialize_retention_manager _initialize_monitors`,
    Configuration: `logger_config log_path enable_console storage_config backend connection_string retention_policy
      events metrics duration_days`,
    "Keys of an event": `event_id event_type source data timestamp COMMAND METRIC OPERATION command_type command_id
      processing_time_ms result_status SUCCESS metric_name metric_value context`,
    "Keys of results": `status success event_id timestamp error code message details validation_errors received_event
      INVALID_EVENT LOOP_DETECTED STORAGE_FAILURE INVALID_AGGREGATION RETRIEVAL_FAILURE metrics value aggregation
      sample_count time_range start end version uptime_seconds stats events_recorded metrics_recorded
      data_retention_days storage_usage_percentage`,
  },
  "The ring kernels' telemetry": {
    "Runtime and collector": `RingKernelRuntime enable_telemetry TelemetryCollector __init__ enabled launch activate
      send receive record_receive record_send record_error get_telemetry get_all_telemetry get_summary reset
      reset_telemetry monitor`,
    Keys: `KernelTelemetry KernelState kernel_id state messages_received messages_sent messages_processed errors
      start_time last_message_time throughput uptime error_rate kernel_count total_messages total_errors
      aggregate_throughput per_kernel`,
  },
};
