//! Signing in and out of the owner's pages: who gets in, who is slowed down, what another site cannot do.
//! Not the set-up: tests/setup.rs.

mod support;

use support::Site;

#[test]
fn without_a_session_every_page_of_the_owner_leads_to_the_sign_in() {
    let site = Site::new();
    let page = site.get("/admin");
    assert_eq!(page.leads_to(), "/admin/login");
}
