/**
 * What nginx takes: sizes, times, rates, zones, hosts and header names.
 *
 * Relies on `src/core/ngx_parse.c` and the modules that are named; texts are quoted by `printers/nginx-conf.ts`.
 */
import { byPattern } from './grammar.ts';

export const NGINX = {
  size: byPattern('size', 'nginx: src/core/ngx_parse.c', /^\d{1,18}[kKmMgG]?$/),
  time: byPattern('time', 'nginx: src/core/ngx_parse.c', /^\d{1,15}(ms|s|m|h|d|w|M|y)?$/),
  rate: byPattern('rate', 'nginx: ngx_http_limit_req_module', /^[1-9]\d{0,8}r\/[sm]$/),
  zone: byPattern('zone', 'nginx: ngx_http_limit_req_module', /^[A-Za-z0-9_.:-]+$/),
  host: byPattern(
    'server name',
    'nginx: ngx_http_core_module',
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
    253,
  ),
  headerName: byPattern('field name', 'RFC 9110, section 5.1', /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/),
  /** Printable ASCII; the printer takes care of quotes and of `$`. */
  headerValue: byPattern('field value', 'RFC 9110, section 5.5', /^[\x20-\x7e]*$/),
} as const;
