//! Portals.

use engage_client::model::{CreatePortal, Patch, Portal, PortalQuery, PortalsQuery};

use super::examples::{list, new_portal, portal, replace};
use crate::openapi::{Described, Shape};

const TAG: &str = "Portals";

pub(super) fn all() -> Vec<Described> {
    let one = Shape::of::<Portal>();
    vec![
        Described::new("Portals_list", TAG, "List portals")
            .says("Fields that are not shown to people are left out, unless they are asked for.")
            .asks::<PortalsQuery>()
            .answers(200, Shape::of::<Vec<Portal>>(), list(&portal())),
        Described::new("Portals_create", TAG, "Make a portal")
            .takes(Shape::of::<CreatePortal>(), new_portal())
            .answers(201, one, portal())
            .refuses([409]),
        Described::new("Portals_get", TAG, "Read a portal").id("id", "The portal.").asks::<PortalQuery>().answers(
            200,
            one,
            portal(),
        ),
        Described::new("Portals_patch", TAG, "Change a portal")
            .says("Positions of `/fields/…` count fields that are not shown.")
            .id("id", "The portal.")
            .takes(Shape::of::<Patch>(), replace("/fields/0/label", "Mobile"))
            .answers(200, one, portal())
            .refuses([409]),
        Described::new("Portals_delete", TAG, "Remove a portal").id("id", "The portal.").done(204).refuses([409]),
    ]
}
