import {
  IconArrowsShuffle,
  IconBolt,
  IconClockPause,
  IconFilter,
  IconMessage,
  IconPlugConnected,
  IconSitemap,
  type Icon,
} from '@tabler/icons-react';
import type { ElementType } from '../model/document';

/** How each type looks: an icon, and a colour of the theme. */
export const LOOKS: Record<ElementType, { icon: Icon; color: string }> = {
  message: { icon: IconMessage, color: 'blue' },
  action: { icon: IconBolt, color: 'violet' },
  flow: { icon: IconSitemap, color: 'indigo' },
  pause: { icon: IconClockPause, color: 'orange' },
  filter: { icon: IconFilter, color: 'teal' },
  randomizer: { icon: IconArrowsShuffle, color: 'pink' },
  api_request: { icon: IconPlugConnected, color: 'cyan' },
};

export const DRAG_TYPE = 'application/x-recado-element';

/** Below it no text can be read, so none is drawn. */
export const FAR_ZOOM = 0.32;
