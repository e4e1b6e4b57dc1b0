import { PrismaClient } from '@prisma/client';

const prisma = new PrismaClient();

export async function saveServer(name: string, command: string, args: string[]) {
  return prisma.server.create({ data: { name, command, args } });
}

export async function loadServer(id: string) {
  return prisma.server.findUnique({ where: { id } });
}
