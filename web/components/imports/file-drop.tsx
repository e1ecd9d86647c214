'use client';

import { FileSpreadsheet, UploadCloud } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type DragEvent, type ReactNode, useState } from 'react';
import { useFormat } from '@/client/format-context';
import { ACCEPTED_FILES } from '@/client/imports';
import { cn } from '@/components/ui/cn';

interface Props {
  readonly file: File | undefined;
  readonly disabled: boolean;
  /** Endings of file names, by commas. */
  readonly accept?: string;
  /** What is understood, in words. */
  readonly formats?: string;
  readonly testId?: string;
  readonly onFile: (file: File) => void;
}

/** A file input that also takes what is dropped on it. */
export function FileDrop({
  file,
  disabled,
  accept = ACCEPTED_FILES,
  formats,
  testId = 'import-file',
  onFile,
}: Props): ReactNode {
  const t = useTranslations('imports');
  const format = useFormat();
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const [dropped] = event.dataTransfer.files;
    if (dropped && !disabled) onFile(dropped);
  };
  return (
    <label
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={cn(
        'grid cursor-pointer justify-items-center gap-1 rounded-xl border-2 border-dashed border-edge/40 px-6 py-9 text-center transition-colors hover:border-accent hover:bg-accent-tint/30 has-focus-visible:border-accent has-focus-visible:ring-3 has-focus-visible:ring-accent/25',
        over && 'border-accent bg-accent-tint/50',
        disabled && 'pointer-events-none opacity-60',
      )}
    >
      {file ? (
        <FileSpreadsheet className="mb-2 size-6 text-accent" aria-hidden />
      ) : (
        <UploadCloud className="mb-2 size-6 text-faint" aria-hidden />
      )}
      <span className="break-all font-medium text-sm">{file ? file.name : t('drop')}</span>
      <span className="text-faint text-xs">
        {file
          ? t('size', { kilobytes: format.number(Math.max(1, Math.round(file.size / 1024))) })
          : (formats ?? t('formats'))}
      </span>
      <input
        type="file"
        accept={accept}
        disabled={disabled}
        aria-label={t('file')}
        data-testid={testId}
        className="sr-only"
        onChange={({ target }) => {
          const [chosen] = target.files ?? [];
          if (chosen) onFile(chosen);
          // The same file may be chosen again after it was corrected.
          target.value = '';
        }}
      />
    </label>
  );
}
