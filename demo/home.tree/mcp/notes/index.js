console.error("the demo's server was started; an audit must never do that");
process.exit(1);
