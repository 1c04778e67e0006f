import type { OpenTelemetryApi } from '../../telemetry/spans.ts';

/** The API package, if it is installed: an SDK that was loaded before the proxy receives its spans. */
export async function loadOpenTelemetry(): Promise<OpenTelemetryApi | undefined> {
  try {
    return await import('@opentelemetry/api');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
