type Labels = Readonly<Record<string, string>>;

export class Scrape {
  constructor(text: string);
  get names(): ReadonlySet<string>;
  sum(name: string, where?: Labels): number | undefined;
  labels(name: string, label: string): string[];
  quantile(q: number, name: string, where?: Labels): number | undefined;
}
