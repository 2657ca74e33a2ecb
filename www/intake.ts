import { isCheckpoint } from './checkpoint.js';
import { element } from './element.js';
import { isManifest } from './own-models.js';

/** What the visitor brings to the page. */
export interface Intake {
  image(file: File): void;
  /** A checkpoint, or the files of a model's folder. */
  model(files: File[]): void;
}

/** Names of what is meant to be a checkpoint, whatever it turns out to be. */
const MODEL = /\.(pth|pt|pkl|safetensors|ckpt|pth\.tar)$/i;

/** Listens for files that are chosen, dropped anywhere on the page, or pasted. */
export function listenForFiles(intake: Intake): void {
  const take = async (files: Iterable<File> = []) => {
    const given = [...files];
    const [file] = given;
    if (given.some(isManifest)) intake.model(given);
    else if (file && (MODEL.test(file.name) || (await isCheckpoint(file)))) intake.model([file]);
    else if (file) intake.image(file);
  };
  for (const input of [element('picture', HTMLInputElement), element('model', HTMLInputElement)]) {
    input.addEventListener('change', () => {
      take(input.files ?? []);
      // So that the same file can be chosen again.
      input.value = '';
    });
  }
  const dragging = (is: boolean) => document.body.classList.toggle('dragging', is);
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    dragging(true);
  });
  document.addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) dragging(false);
  });
  document.addEventListener('drop', async (event) => {
    event.preventDefault();
    dragging(false);
    if (event.dataTransfer) take(await filesOf(event.dataTransfer));
  });
  document.addEventListener('paste', (event) => take(event.clipboardData?.files));
}

/** The files that were dropped or, of a folder that was, those in it. */
async function filesOf({ items, files }: DataTransfer): Promise<File[]> {
  const dropped = [...files];
  const folder = items[0]?.webkitGetAsEntry();
  if (!isFolder(folder)) return dropped;
  const entries = await new Promise<FileSystemEntry[]>((...settle) => folder.createReader().readEntries(...settle));
  return Promise.all(entries.filter(isFile).map((entry) => new Promise<File>((...settle) => entry.file(...settle))));
}

function isFolder(entry: FileSystemEntry | null | undefined): entry is FileSystemDirectoryEntry {
  return entry?.isDirectory ?? false;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}
