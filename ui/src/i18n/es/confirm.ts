import type { confirm as english } from '../en/confirm';

type Words = Record<keyof typeof english, string>;

export const confirm = {
  'confirm.type': 'Escribe «{word}» para confirmar',
  'confirm.word': 'ELIMINAR',
} satisfies Words;
