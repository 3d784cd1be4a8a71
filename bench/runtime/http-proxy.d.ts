/** As much of http-proxy as the benchmark calls; it brings no types of its own. */
declare module 'http-proxy' {
  import type { Agent, IncomingMessage, ServerResponse } from 'node:http';

  interface ProxyServer {
    web(req: IncomingMessage, res: ServerResponse): void;
  }

  const httpProxy: { createProxyServer(options: { readonly target: string; readonly agent: Agent }): ProxyServer };
  // biome-ignore lint/style/noDefaultExport: this is how the package exports itself.
  export default httpProxy;
}
