<?php

namespace Acme\Tools;

final class CustomTool extends BaseTool
{
}
