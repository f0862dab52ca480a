import { api, read, type Schemas } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import { draftOf, type Template } from '../../templates';

/** Makes a blank flow, or one from a template with the variables that it sets. */
export async function makeFlow(bot_id: string, name: string, template: Template | null, folder: string | null) {
  const flow = { bot_id, name, folder };
  if (template === null) return read(api.POST('/api/v1/flows', { body: flow }));
  await declare(bot_id, template.variables);
  const draft = draftOf(template, name);
  return read(api.POST('/api/v1/flows', { body: { ...flow, draft: draft as Schemas['FlowDocument'] } }));
}

/** A variable that the bot has as another type stays as it is: the builder shows where that matters. */
async function declare(bot_id: string, variables: Template['variables']): Promise<void> {
  for (const { name, type } of variables) {
    try {
      await read(
        api.PUT('/api/v1/bots/{bot_id}/variables', {
          params: { path: { bot_id } },
          body: { name, scope: 'contact', type },
        }),
      );
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.code !== 'exists') throw error;
    }
  }
}
