/** Why a call to an upstream failed, from the code of undici or the system. */
import type { UpstreamErrorReason } from '../../schemas/metrics.ts';

export function reasonOf(error: Error, headSent: boolean): UpstreamErrorReason {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return 'connect-timeout';
    case 'UND_ERR_HEADERS_TIMEOUT':
      return 'timeout';
    case 'UND_ERR_BODY_TIMEOUT':
      return 'idle-timeout';
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'connect';
    case 'UND_ERR_SOCKET':
    case 'ECONNRESET':
    case 'EPIPE':
      return 'reset';
    default:
      return headSent ? 'reset' : 'protocol';
  }
}
