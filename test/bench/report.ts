export function row(what: string, ...figures: readonly string[]): void {
  console.log(`${what.padEnd(56)} ${figures.map((figure) => figure.padEnd(16)).join(' ')}`.trimEnd())
}

/** Of measured milliseconds, with one decimal. */
export function percentile(times: readonly number[], percent: number): string {
  const sorted = [...times].sort((a, b) => a - b)
  const at = Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)
  return (sorted[Math.max(0, at)] ?? 0).toFixed(1)
}
