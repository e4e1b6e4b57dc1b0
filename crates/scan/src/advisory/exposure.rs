//! Ports that a compose file publishes on every interface: part of what to do about the product behind them.

use mantrap_clients::Config;
use mantrap_clients::package::compose;

use crate::inventory::image_reference;
use crate::report::Product;
use crate::version::Ecosystem;

/// Adds to the action of each product in a compose file which of its ports everybody reaches.
pub(crate) fn note_published_ports(products: &mut [Product], configs: &[Config]) {
    for config in configs.iter().filter(|config| config.tree.member("services").is_some()) {
        let place = config.origin().path.display().to_string();
        for service in compose::services(&config.tree) {
            let Some((name, tag)) = service.image.as_ref().and_then(|image| image_reference(&image.value))
            else {
                continue;
            };
            let is_here = |product: &&mut Product| {
                let package = &product.package;
                let is_same = package.name == name && package.version == tag && package.place == place;
                is_same && package.ecosystem == Ecosystem::Oci.name()
            };
            let Some(product) = products.iter_mut().find(is_here) else {
                continue;
            };
            for port in service.ports.iter().filter(|port| is_public(port)) {
                let published = port.published.as_deref().unwrap_or_default();
                let note = format!("; publish port {0} as `127.0.0.1:{published}:{0}`", port.target);
                if !product.action.contains(&note) {
                    product.action.push_str(&note);
                    product.action.push_str(", for now every interface has it");
                }
            }
        }
    }
}

/// Without an address a port is published on every interface (compose specification, `ports`).
fn is_public(port: &compose::Port) -> bool {
    port.host.as_deref().is_none_or(|host| matches!(host, "" | "0.0.0.0" | "::" | "*"))
}
