import { constants } from 'node:os';

/** The number of an errno's name, for a shared word; 1 when the name is unknown. */
export function errnoNumber(name: string): number {
  const numbers: Readonly<Record<string, number>> = constants.errno;
  return numbers[name] ?? 1;
}

/** The name of an errno's number. */
export function errnoName(number: number): string {
  for (const [name, value] of Object.entries(constants.errno)) if (value === number) return name;
  return `errno ${number}`;
}
