import { Body, Controller, Post } from '@nestjs/common';
import { ServersService } from './servers.service';

export class TestServerDto {
  command!: string;
  args!: string[];
}

@Controller('servers')
export class ServersController {
  constructor(private readonly servers: ServersService) {}

  @Post('test')
  async test(@Body() dto: TestServerDto) {
    return this.servers.tools({ command: dto.command, args: dto.args });
  }
}
