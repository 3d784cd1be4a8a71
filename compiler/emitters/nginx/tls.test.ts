import assert from 'node:assert/strict';
import { connect, type SecureVersion } from 'node:tls';
import { defined } from '../../../schemas/data/defined.ts';
import { EDGE_SYSTEM } from '../../testing/edge-system.ts';
import { modelOf } from '../../testing/model-of.ts';
import { describe } from '../../testing/suite.ts';
import { emitter } from './emitter.ts';
import { runNginx } from './testing/run-nginx.ts';

const HOST = 'api.harbour.example';
const MODERN = EDGE_SYSTEM.replace('  publicPorts: [80, 443]', '  tls: { minVersion: "1.3" }');

describe('TLS at the edge, spoken by a real nginx', async (it) => {
  const start = (yaml: string) => runNginx(emitter.emit(modelOf(yaml)), (_, response) => response.end(), HOST);
  const intermediate = await start(EDGE_SYSTEM);
  const modern = await start(MODERN);

  it('offers HTTP/2 in TLS 1.2 and 1.3', async () => {
    assert.equal(await handshake(intermediate.httpsPort, 'TLSv1.3'), 'TLSv1.3 h2');
    assert.equal(await handshake(intermediate.httpsPort, 'TLSv1.2'), 'TLSv1.2 h2');
  });

  it('refuses TLS 1.2 where 1.3 is the minimum', async () => {
    assert.equal(await handshake(modern.httpsPort, 'TLSv1.3'), 'TLSv1.3 h2');
    await assert.rejects(handshake(modern.httpsPort, 'TLSv1.2'), /alert protocol version|unsupported protocol/i);
  });

  it('refuses ciphers without forward secrecy or authentication of the message', async () => {
    for (const ciphers of ['AES128-SHA', 'ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384']) {
      await assert.rejects(handshake(intermediate.httpsPort, 'TLSv1.2', ciphers), /handshake failure/i, ciphers);
    }
  });

  it('shows no certificate to whoever asks for no name of ours', async () => {
    await assert.rejects(
      handshake(intermediate.httpsPort, 'TLSv1.3', undefined, 'other.example'),
      /unrecognized name/i,
    );
  });
});

/** Protocol and ALPN result. */
const handshake = (port: number, version: SecureVersion, ciphers?: string, servername = HOST): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername,
      ALPNProtocols: ['h2', 'http/1.1'],
      minVersion: version,
      maxVersion: version,
      rejectUnauthorized: false,
      ...defined({ ciphers }),
    });
    socket.on('secureConnect', () => {
      resolve(`${socket.getProtocol()} ${socket.alpnProtocol}`);
      socket.destroy();
    });
    socket.on('error', reject);
  });
