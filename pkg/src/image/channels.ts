import { kindOf } from '../arguments.js';
import { MaskRcnnError } from '../errors.js';

/** A channel by its index, from 0, or by its name. */
export type Channel = number | string;

/** The channel that all inputs of the network see in grey, or three, for red, green and blue. */
export type ChannelChoice = Channel | readonly Channel[];

/** What is known of an image's channels. */
export interface KnownChannels {
  /** How many there are. */
  count: number;
  /** What they are called, where that is known. */
  names?: readonly string[] | undefined;
}

/** @throws `invalid-input` unless it is a channel, one or three of them, or `undefined` */
export function checkChannels(choice: unknown): void {
  if (choice === undefined) return;
  const list: unknown[] = Array.isArray(choice) ? choice : [choice];
  if (list.length !== 1 && list.length !== 3) {
    throw new MaskRcnnError(
      'invalid-input',
      `channels must be one channel, seen in grey, or three, for red, green and blue, not ${list.length}`,
    );
  }
  const wrong = list.find((item) => typeof item !== 'string' && !(Number.isInteger(item) && (item as number) >= 0));
  if (wrong === undefined) return;
  const found = typeof wrong === 'number' ? wrong : kindOf(wrong);
  throw new MaskRcnnError(
    'invalid-input',
    `channels must be the indices, from 0, or the names of channels; one is ${found}`,
  );
}

/**
 * The indices of channels that are given by index or name, as the setting `input.channels` has them. A name is found in
 * any case where only one channel has it.
 *
 * @throws `invalid-input`, with what there is, for a channel that the image does not have
 */
export function channelIndices(choice: ChannelChoice, known: KnownChannels): number[] {
  const list = Array.isArray(choice) ? (choice as readonly Channel[]) : [choice as Channel];
  return list.map((channel) => {
    const index = typeof channel === 'number' ? channel : indexOf(channel, known.names ?? []);
    if (index !== undefined && index < known.count) return index;
    throw new MaskRcnnError(
      'invalid-input',
      `the image has no channel ${typeof channel === 'number' ? channel : `'${channel}'`}; ${whatThereIs(known)}`,
    );
  });
}

function indexOf(name: string, names: readonly string[]): number | undefined {
  const exact = names.indexOf(name);
  if (exact >= 0) return exact;
  const plain = (text: string) => text.trim().toLowerCase();
  const alike = names.flatMap((other, index) => (plain(other) === plain(name) ? [index] : []));
  return alike.length === 1 ? alike[0] : undefined;
}

function whatThereIs({ count, names }: KnownChannels): string {
  if (names && names.length > 0) {
    const listed = names.slice(0, 32).map((name, index) => `${index} '${name}'`);
    return `it has ${listed.join(', ')}${names.length > listed.length ? ' …' : ''}`;
  }
  return count === 1 ? 'it has 1, with the index 0' : `it has ${count}, with the indices 0 to ${count - 1}`;
}
