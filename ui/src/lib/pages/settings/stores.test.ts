import { describe, expect, it } from 'vitest';
import {
  addressesIn,
  isReadableOnTheWay,
  isWebAddress,
  megabytesIn,
  nodeName,
  SERVICES_AT_MOST,
  serviceOf,
  serviceProblem,
} from './stores';

describe('addresses', () => {
  it('are web addresses with a host', () => {
    expect(isWebAddress('https://gateway.example')).toBe(true);
    expect(isWebAddress('HTTP://127.0.0.1:5001')).toBe(true);
    for (const text of [
      '',
      'gateway.example',
      'ftp://x',
      'https://',
      'http:/x',
      'https://a b',
      '/ip4/1.2.3.4',
    ]) {
      expect(isWebAddress(text), text).toBe(false);
    }
  });

  it('stand one a line, in their order, each once', () => {
    expect(addressesIn(' https://b.example/ \n\nhttps://a.example\r\nhttps://b.example')).toEqual({
      addresses: ['https://b.example', 'https://a.example'],
      wrong: null,
    });
    expect(addressesIn(' \n')).toEqual({ addresses: [], wrong: null });
  });

  it('name the first line that is none', () => {
    expect(addressesIn('https://a.example\nb.example\nc').wrong).toBe('b.example');
  });
});

describe('a limit', () => {
  it('is typed in gigabytes and kept in megabytes', () => {
    expect(megabytesIn('')).toBe(0);
    expect(megabytesIn(' 0 ')).toBe(0);
    expect(megabytesIn('20')).toBe(20_000);
    expect(megabytesIn('1.5')).toBe(1500);
    expect(megabytesIn('0,25')).toBe(250);
    expect(megabytesIn('1000000')).toBe(1_000_000_000);
  });

  it('is refused when it makes no sense', () => {
    for (const text of ['much', '-1', '1e3', '0.05', '1000000.1', '1 000', '.', 'Infinity']) {
      expect(megabytesIn(text), text).toBeNull();
    }
  });
});

describe('a service', () => {
  const known = { name: 'Studio', url: 'https://pins.example/api' };

  it('is named by its host unless it was named', () => {
    expect(serviceOf('', 'https://pins.example:8443/api/')).toEqual({
      name: 'pins.example:8443',
      url: 'https://pins.example:8443/api',
    });
    expect(serviceOf(' Studio ', known.url)).toEqual(known);
  });

  it('joins when its address is right and new', () => {
    expect(serviceProblem(serviceOf('', 'https://other.example'), [known])).toBe('');
    expect(serviceProblem(serviceOf('', 'other.example'), [known])).toContain('http');
    expect(serviceProblem(serviceOf('Again', `${known.url}/`), [known])).toContain('Studio');
    const many = Array.from({ length: SERVICES_AT_MOST }, (_, at) => serviceOf('', `https://${at}.example`));
    expect(serviceProblem(known, many)).not.toBe('');
  });

  it('that is not encrypted is told apart from one on this computer', () => {
    expect(isReadableOnTheWay('http://pins.example')).toBe(true);
    for (const url of [
      'https://pins.example',
      'http://127.0.0.1:9',
      'http://localhost:9',
      'http://[::1]:9',
    ]) {
      expect(isReadableOnTheWay(url), url).toBe(false);
    }
  });
});

it('a node is called by its program and version', () => {
  expect(nodeName({ agent: 'kubo/0.37.0/', version: '0.37.0' })).toBe('Kubo 0.37.0');
  expect(nodeName({ agent: 'js-ipfs/0.18.1', version: '0.18.1' })).toBe('js-ipfs 0.18.1');
  expect(nodeName({ agent: '', version: '1.2' })).toContain('1.2');
});
