/**
 * Where an explorer thread finds what it explores: functions cannot travel between threads, so each imports the module
 * again. The module must do nothing but define things.
 */
export interface Source {
  /** The module's URL: `import.meta.url`, or made from it. */
  module: string;
  /** Name of an export: an explorable, a function that makes one, or a registry of scenarios. */
  name: string;
  /** With a registry: the scenario's name. */
  scenario?: string;
}
