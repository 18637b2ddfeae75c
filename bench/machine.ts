import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** CPU time since the machine started, in seconds over all CPUs. */
interface CpuTimes {
  busy: number;
  /** Time that the host of a virtual machine gave to others. */
  stolen: number;
  all: number;
}

const TICKS_PER_SECOND = 100;

/** Watches who else used the CPUs while something was measured. Only Linux tells; elsewhere there is nothing to say. */
export class MachineWatch {
  private readonly start = cpuTimes();
  private ownSeconds = 0;

  /** CPU seconds that the measured processes took. */
  add(ownSeconds: number): void {
    this.ownSeconds += ownSeconds;
  }

  /** What a reader of the figures should know of the machine. */
  note(): string {
    const machine = `${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${cpus().length} CPUs, Node ${process.versions.node}`;
    const end = cpuTimes();
    if (this.start === null || end === null) return `${machine}.`;
    const all = end.all - this.start.all;
    const others = Math.max(0, end.busy - this.start.busy - this.ownSeconds);
    const percent = (part: number) => `${((100 * part) / all).toFixed(0)} %`;
    return `${machine}. Meanwhile other programs had ${percent(others)} of the CPU time, and the host took ${percent(end.stolen - this.start.stolen)}.`;
  }
}

function cpuTimes(): CpuTimes | null {
  if (process.platform !== 'linux') return null;
  const ticks = readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1, 9).map(Number);
  const [user, nice, system, idle, ioWait, irq, softIrq, stolen] = ticks.map((n) => n / TICKS_PER_SECOND);
  const busy = user + nice + system + irq + softIrq;
  return { busy, stolen, all: busy + idle + ioWait + stolen };
}
