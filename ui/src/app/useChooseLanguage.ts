import { useQueryClient } from '@tanstack/react-query';
import { changeMember, sessionQuery } from '../api/session';
import { useLanguage, type Language } from '../i18n';
import { useAct } from '../parts/act';

/** Speaks another language at once, and wherever the member signs in from now on. */
export function useChooseLanguage() {
  const { choose } = useLanguage();
  const queries = useQueryClient();
  const keep = useAct({
    run: (language: Language) => changeMember({ language }),
    then: (session) => queries.setQueryData(sessionQuery.queryKey, session),
  });
  return (language: Language) => {
    choose(language);
    keep.mutate(language);
  };
}
