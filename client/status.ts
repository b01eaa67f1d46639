import * as vscode from 'vscode'

/** What the server says of itself. */
export interface Status {
  readonly state: 'busy' | 'ready' | 'failed'
  readonly errors: number
  readonly warnings: number
  readonly information: number
  readonly hints: number
}

/** The item in the status bar: how many findings, or what is the matter. A click audits, or shows why it failed. */
export function statusItem(): { show(status: Status | 'stopped'): void; dispose(): void } {
  const item = vscode.window.createStatusBarItem('kubeZeroTrust.status', vscode.StatusBarAlignment.Left)
  item.name = 'Zero Trust'
  return {
    show(status) {
      const { text, tooltip, failed } = describe(status)
      item.text = text
      item.tooltip = tooltip
      item.accessibilityInformation = { label: `Zero Trust: ${tooltip}`, role: 'button' }
      item.command = failed ? 'kubeZeroTrust.showOutput' : 'kubeZeroTrust.audit'
      item.backgroundColor = failed ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined
      item.show()
      void vscode.commands.executeCommand('setContext', 'kubeZeroTrust.found', status !== 'stopped' && total(status) > 0)
    },
    dispose: () => item.dispose(),
  }
}

function describe(status: Status | 'stopped'): { text: string; tooltip: string; failed: boolean } {
  if (status === 'stopped') return { text: '$(shield) $(error)', tooltip: 'The server has stopped. Click to see why.', failed: true }
  switch (status.state) {
    case 'busy':
      return { text: '$(shield) $(sync~spin)', tooltip: 'Reading the workspace …', failed: false }
    case 'failed':
      return { text: '$(shield) $(error)', tooltip: 'The analysis failed. Click to see why.', failed: true }
    case 'ready':
      return {
        text: total(status) === 0 ? '$(shield) $(check)' : `$(shield) $(error) ${status.errors} $(warning) ${status.warnings}`,
        tooltip: `${counts(status)}. Click to audit the workspace.`,
        failed: false,
      }
  }
}

function total({ errors, warnings, information, hints }: Status): number {
  return errors + warnings + information + hints
}

function counts(status: Status): string {
  const parts = (
    [
      ['error', 'errors', status.errors],
      ['warning', 'warnings', status.warnings],
      ['missing control', 'missing controls', status.information],
      ['hint', 'hints', status.hints],
    ] as const
  )
    .filter(([, , count]) => count > 0)
    .map(([one, many, count]) => `${count} ${count === 1 ? one : many}`)
  return parts.length === 0 ? 'Nothing found' : parts.join(', ')
}
