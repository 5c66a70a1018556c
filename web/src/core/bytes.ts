/** Sizes as people read them, in the units that disks and graphics cards are sold by: 340 MB, 2.1 GB. */
const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

export function shownBytes(bytes: number): string {
  const at = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1000 ** at;
  return `${value.toFixed(at > 2 && value < 100 ? 1 : 0)} ${UNITS[at]}`;
}
