import { createContext } from 'react';

/** The bot whose flow is drawn. */
export const BotId = createContext('');
/** The flow that is drawn. */
export const FlowId = createContext('');
