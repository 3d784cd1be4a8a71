/**
 * What a version of nginx or OpenSSL can do.
 *
 * Owns the version numbers and their sources.
 */
import { isAtLeast } from '../../versions.ts';

/** `http2 on;` came with 1.25.1 and deprecates the parameter of `listen` (nginx.org/en/docs/http/ngx_http_v2_module.html). */
export const hasHttp2Directive = (nginx: string): boolean => isAtLeast(nginx, '1.26');

/** Since 1.23.2 shared ticket keys rotate by themselves (nginx.org/en/CHANGES); before, tickets void forward secrecy. */
export const rotatesTicketKeys = (nginx: string): boolean => isAtLeast(nginx, '1.24');

/** The hybrid post-quantum group; an older OpenSSL does not know it and nginx refuses to start. */
export const knowsMlKem = (openssl: string): boolean => isAtLeast(openssl, '3.5');

/** `ssl_certificate_cache` keeps what is read by a variable name, since 1.27.4 (nginx.org/en/CHANGES). */
export const cachesCertificates = (nginx: string): boolean => isAtLeast(nginx, '1.28');
