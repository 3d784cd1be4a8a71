import { equal } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { isMetadataHost } from './metadata-address.ts';

/** Each as somebody would write it in a policy. */
const METADATA = [
  'http://169.254.169.254',
  'http://169.254.170.2',
  'http://0xa9fea9fe',
  'http://2852039166',
  'http://0251.0376.0251.0376',
  'http://169.254.43518',
  'http://[::ffff:169.254.169.254]',
  'http://[::ffff:a9fe:a9fe]',
  'http://[fe80::a9fe:a9fe]',
  'http://[fd00:ec2::254]',
  'http://[fd00:0ec2:0:0:0:0:0:0254]:80',
  'http://[fd20:ce::254]',
  'http://100.100.100.200',
  'http://168.63.129.16',
  'http://metadata.google.internal',
  'http://METADATA.Google.Internal.',
  'http://metadata.goog:80',
  'http://instance-data.ec2.internal',
];
const OTHERS = [
  'http://127.0.0.1:4001',
  'http://10.0.0.7',
  'http://169.253.169.254',
  'http://169.255.0.1',
  'http://[::1]:4001',
  'http://[fd00:ec3::254]',
  'http://[fd20:ce::253]',
  'http://100.100.100.201',
  'http://168.63.129.17',
  'http://metadata:4001',
  'http://metadata.google.internal.example.com',
  'http://api.metadata.example.com',
  'http://ingestion:4001',
];

describe('metadata address', (it) => {
  it('knows each spelling of an address of instance metadata', () => {
    for (const url of METADATA) equal(isMetadataHost(new URL(url).hostname), true, url);
  });

  it('takes no other address for one', () => {
    for (const url of OTHERS) equal(isMetadataHost(new URL(url).hostname), false, url);
  });
});
