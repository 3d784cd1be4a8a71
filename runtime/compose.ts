/** Several middleware as one. */
import type { GatewayMiddleware } from './middleware/exchange.ts';

export function compose(chain: readonly GatewayMiddleware[]): GatewayMiddleware {
  return function composed(ctx, next) {
    const run = (index: number): Promise<unknown> => {
      const middleware = chain[index];
      return Promise.resolve(middleware === undefined ? next() : middleware(ctx, () => run(index + 1)));
    };
    return run(0);
  };
}
