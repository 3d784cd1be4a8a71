/**
 * A request that says whether it asks for a WebSocket, so that Node takes no other upgrade for one.
 *
 * With a listener for `upgrade` Node hands over every request that names any protocol, h2c among them, without its body.
 * RFC 9110, 7.8 lets a server ignore an upgrade: all but a bodyless GET for `websocket` are ordinary requests here, and
 * no other protocol is ever switched to.
 */
import { IncomingMessage } from 'node:http';

export class GatewayRequest extends IncomingMessage {
  // Node's constructor already writes `upgrade`, before any field of this class would exist.
  declare private saysUpgrade: boolean;

  /** Written by Node's parser, and read by it to decide whether HTTP ends here. */
  get upgrade(): boolean {
    return this.saysUpgrade && asksForWebSocket(this);
  }

  set upgrade(value: boolean | null) {
    this.saysUpgrade = value === true;
  }
}

/** Whether it came by the upgrade, and its connection waits for an answer. */
export function isUpgrade(req: IncomingMessage): boolean {
  return req instanceof GatewayRequest && req.upgrade;
}

function asksForWebSocket({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['transfer-encoding'] === undefined &&
    Number(headers['content-length'] ?? 0) === 0
  );
}
