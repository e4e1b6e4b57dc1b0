// The fetch of Node: fetch.mjs URL
try {
  console.log(await (await fetch(process.argv[2])).text());
} catch (error) {
  console.error(error, error.cause);
  process.exitCode = 1;
}
