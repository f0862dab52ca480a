import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { setupQuery, sessionQuery } from '../api/session';
import { LoadingPage, NotFoundPage, RouteErrorPage } from './RouteStates';

interface Context {
  queryClient: QueryClient;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value ? value : typeof value === 'number' ? String(value) : undefined;

const rootRoute = createRootRouteWithContext<Context>()({ component: Outlet });

/** Only a path of this app: whoever made the link must not choose where a sign-in leads. */
export const safeReturn = (to: string | undefined) => (to && /^\/(?![/\\])/.test(to) ? to : '/');

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { to?: string | undefined } => ({ to: text(search['to']) }),
  beforeLoad: async ({ context, search }) => {
    if ((await context.queryClient.ensureQueryData(setupQuery)).needed) throw redirect({ to: '/welcome' });
    if (await context.queryClient.ensureQueryData(sessionQuery)) throw redirect({ href: safeReturn(search.to) });
  },
  component: lazyRouteComponent(() => import('../pages/welcome/SignInPage')),
});

const welcomeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/welcome',
  beforeLoad: async ({ context }) => {
    if (!(await context.queryClient.ensureQueryData(setupQuery)).needed) throw redirect({ to: '/' });
  },
  component: lazyRouteComponent(() => import('../pages/welcome/SetupPage')),
});

const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'app',
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    if (!session) throw redirect({ to: '/sign-in', search: { to: location.href === '/' ? undefined : location.href } });
  },
  component: lazyRouteComponent(() => import('./Shell')),
});

const botsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/bots/BotsPage')),
});

const accountRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/account',
  component: lazyRouteComponent(() => import('../pages/account/AccountPage')),
});

const systemRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/account/system',
  component: lazyRouteComponent(() => import('../pages/system/SystemPage')),
});

const inspectorRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/account/inspector',
  component: lazyRouteComponent(() => import('../pages/inspector/InspectorPage')),
});

const botRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/bots/$botId',
  component: lazyRouteComponent(() => import('./BotLayout')),
});

const botIndexRoute = createRoute({
  getParentRoute: () => botRoute,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/bots/$botId/flows', params });
  },
});

const flowsRoute = createRoute({
  getParentRoute: () => botRoute,
  path: '/flows',
  component: lazyRouteComponent(() => import('../pages/flows/FlowsPage')),
});

const flowRoute = createRoute({
  getParentRoute: () => botRoute,
  path: '/flows/$flowId',
  component: lazyRouteComponent(() => import('../pages/flows/FlowPage')),
});

const triggersRoute = createRoute({
  getParentRoute: () => botRoute,
  path: '/triggers',
  component: lazyRouteComponent(() => import('../pages/triggers/TriggersPage')),
});

const audienceFilters = ['search', 'status', 'tag', 'variable', 'value', 'received_webhook', 'chat_open'] as const;
export type AudienceFilter = Partial<Record<(typeof audienceFilters)[number], string | undefined>>;

const audienceRoute = createRoute({
  getParentRoute: () => botRoute,
  path: '/audience',
  validateSearch: (search: Record<string, unknown>): AudienceFilter =>
    Object.fromEntries(audienceFilters.map((name) => [name, text(search[name])])),
  component: lazyRouteComponent(() => import('../pages/audience/AudiencePage')),
});

const contactRoute = createRoute({
  getParentRoute: () => botRoute,
  path: '/audience/$contactId',
  component: lazyRouteComponent(() => import('../pages/audience/ContactPage')),
});

const chatsRoute = createRoute({
  getParentRoute: () => botRoute,
  path: '/chats',
  validateSearch: (search: Record<string, unknown>): { contact?: string | undefined; state?: string | undefined } => ({
    contact: text(search['contact']),
    state: text(search['state']),
  }),
  component: lazyRouteComponent(() => import('../pages/chats/ChatsPage')),
});

const deliveryFilters = ['webhook', 'event', 'contact', 'status', 'period', 'delivery'] as const;
export type DeliveryFilter = Partial<Record<(typeof deliveryFilters)[number], string | undefined>>;

const deliveriesRoute = createRoute({
  getParentRoute: () => botRoute,
  path: '/deliveries',
  validateSearch: (search: Record<string, unknown>): DeliveryFilter =>
    Object.fromEntries(deliveryFilters.map((name) => [name, text(search[name])])),
  component: lazyRouteComponent(() => import('../pages/deliveries/DeliveriesPage')),
});

const settingsRoute = createRoute({
  getParentRoute: () => botRoute,
  path: '/settings/$section',
  component: lazyRouteComponent(() => import('../pages/settings/SettingsPage')),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  welcomeRoute,
  appRoute.addChildren([
    botsRoute,
    accountRoute,
    inspectorRoute,
    systemRoute,
    botRoute.addChildren([
      botIndexRoute,
      flowsRoute,
      flowRoute,
      triggersRoute,
      audienceRoute,
      contactRoute,
      chatsRoute,
      deliveriesRoute,
      settingsRoute,
    ]),
  ]),
]);

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: 'intent',
    defaultPendingMs: 300,
    scrollRestoration: true,
    defaultPendingComponent: LoadingPage,
    defaultErrorComponent: RouteErrorPage,
    defaultNotFoundComponent: NotFoundPage,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
