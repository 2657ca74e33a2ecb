import assert from 'node:assert/strict';
import { test } from 'node:test';
import { childrenOf, parseXml } from '../../../src/image/tiff/xml.ts';

test('elements, attributes and texts are read, without the prefixes of namespaces', () => {
  const root = parseXml(`<?xml version="1.0"?><!DOCTYPE a><!-- <b/> -->
    <x:a one='1 "quoted"' y:two = "2 &gt; 1">text <![CDATA[<raw> & ]]>more<b/><x:b three="/>"></x:b><c>&#181;&#xB5;</c></x:a>`);
  assert.equal(root?.name, 'a');
  assert.deepEqual(
    [...(root?.attributes ?? [])],
    [
      ['one', '1 "quoted"'],
      ['two', '2 > 1'],
    ],
  );
  assert.equal(root?.text, 'text <raw> & more');
  const [first, second] = childrenOf(root as NonNullable<typeof root>, 'b');
  assert.deepEqual([first.attributes.size, second.attributes.get('three')], [0, '/>']);
  assert.deepEqual(root?.children.map(({ name, text }) => [name, text])[2], ['c', 'µµ']);
});

test('entities that a document defines are left as they are', () => {
  const bomb = '<!DOCTYPE a [<!ENTITY b "0123456789"><!ENTITY c "&b;&b;&b;&b;">]>';
  assert.notEqual(parseXml(`${bomb}<a>&c;&#9999999;</a>`)?.text, '0123456789'.repeat(4));
  assert.equal(parseXml('<a>&c;&#9999999;&amp;lt;</a>')?.text, '&c;&#9999999;&lt;');
});

test('what is not a document is refused', () => {
  for (const text of [
    '',
    'text',
    '<a>',
    '<a',
    '<a b="1>',
    '</a>',
    '<a></b>',
    '<a><b></a></b>',
    '<!-- ',
    '<script>',
    '<a "',
  ])
    assert.equal(parseXml(text), undefined, text);
});

test('documents that are long or deep take no more than their length', () => {
  const deep = 100_000;
  assert.equal(parseXml(`${'<a>'.repeat(deep)}${'</a>'.repeat(deep)}`)?.name, 'a');
  assert.equal(parseXml(`<a ${'b '.repeat(1e6)}/>`)?.attributes.size, 0);
  assert.equal(parseXml(`<a>${'<b/>'.repeat(2 ** 20 + 1)}</a>`), undefined);
  for (const part of ['<a "', "<a b='", '<!--', '<![CDATA[', '&#', '<a b'])
    assert.equal(parseXml(part.repeat(1e5)), undefined);
});
