import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe } from '../testing/suite.ts';
import { CODES, findCode } from './codes.ts';

describe('codes', (it) => {
  it('are unique and ascend within the list', () => {
    const codes = CODES.map((info) => info.code);
    assert.deepEqual(codes, [...new Set(codes)].sort());
  });

  it('are written SW- and three digits', () => {
    for (const { code } of CODES) assert.match(code, /^SW-[1-9]\d\d$/);
  });

  it('say what, why and what to do', () => {
    for (const { code, title, why, hint } of CODES) {
      assert.match(title, /^[A-Z].*[^.]$/, `${code}: a title is a claim without a period`);
      assert.match(why, /^[A-Z].*\.$/, `${code}: why is a sentence`);
      assert.match(hint, /^[A-Z].*\.$/, `${code}: a hint is a sentence`);
    }
  });

  it('come from every table in codes/', async () => {
    const files = readdirSync(new URL('./codes/', import.meta.url)).filter((name) => !name.includes('.test.'));
    for (const file of files) {
      const tables: Record<string, unknown> = await import(`./codes/${file}`);
      const infos = Object.values(tables).filter(Array.isArray).flat();
      assert.ok(infos.length > 0, `${file} exports no list`);
      for (const info of infos) assert.equal(findCode(info.code), info, `${file}: ${info.code} is not in CODES`);
    }
  });
});
