import {
  IconBrandInstagram,
  IconBrandMessenger,
  IconBrandTelegram,
  IconBrandWhatsapp,
  IconMessageCircle,
  IconPhoneCall,
  type Icon,
} from '@tabler/icons-react';
import type { Schemas } from '../api/client';

const MARKS: Record<Schemas['Service'], Icon> = {
  telegram: IconBrandTelegram,
  messenger: IconBrandMessenger,
  whatsapp: IconBrandWhatsapp,
  instagram: IconBrandInstagram,
  viber: IconPhoneCall,
  livechat: IconMessageCircle,
};

export function ServiceMark({ service, size }: { service: Schemas['Service']; size: number }) {
  const Symbol = MARKS[service];
  return <Symbol size={size} stroke={1.6} aria-hidden style={{ flex: 'none' }} />;
}
