use actix_web::{HttpResponse, post, web};
use serde::Deserialize;

use crate::launch::{Launcher, Spec};

#[derive(Deserialize)]
pub struct Body {
    program: String,
    args: Vec<String>,
}

#[post("/tools")]
pub async fn tools(body: web::Json<Body>) -> HttpResponse {
    let body = body.into_inner();
    let launcher = Launcher::new(Spec { program: body.program, args: body.args });
    match launcher.start() {
        Ok(_) => HttpResponse::Ok().finish(),
        Err(error) => HttpResponse::BadGateway().body(error.to_string()),
    }
}
