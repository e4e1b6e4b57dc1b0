use rmcp::transport::TokioChildProcess;
use tokio::process::Command;
use warp::Filter;

pub fn routes() -> impl Filter<Extract = (String,), Error = warp::Rejection> + Clone {
    warp::path!("start" / String).and(warp::post()).map(start)
}

fn connect(line: &str) -> std::io::Result<TokioChildProcess> {
    let mut command = Command::new("sh");
    command.arg("-c").arg(line);
    TokioChildProcess::new(command)
}

fn start(package: String) -> String {
    let line = format!("exec npx @acme/server@2.0.0 --limit {}", package.len());
    match connect(&line) {
        Ok(_) => "started".into(),
        Err(error) => error.to_string(),
    }
}
