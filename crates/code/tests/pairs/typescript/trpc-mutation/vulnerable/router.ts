import { initTRPC } from '@trpc/server';
import { z } from 'zod';
import { connect } from './connect';

const t = initTRPC.create();

export const appRouter = t.router({
  preview: t.procedure
    .input(z.object({ command: z.string(), args: z.array(z.string()) }))
    .mutation(async ({ input }) => {
      return connect({ command: input.command, args: input.args });
    }),
});
