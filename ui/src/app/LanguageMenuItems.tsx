import { Menu } from '@mantine/core';
import { IconLanguage } from '@tabler/icons-react';
import { languageNames, languages, useT } from '../i18n';
import { useChooseLanguage } from './useChooseLanguage';

export function LanguageMenuItems() {
  const t = useT();
  const choose = useChooseLanguage();
  return languages.map((language) => (
    <Menu.Item
      key={language}
      lang={language}
      leftSection={<IconLanguage size={16} aria-hidden />}
      onClick={() => choose(language)}
      aria-current={t.language === language}
      fw={t.language === language ? 600 : 400}
    >
      {languageNames[language]}
    </Menu.Item>
  ));
}
