//! How a path fits a line of a sitemap, NEO's own or the vendor's portal's.
//! Not the sitemaps: routes, and the portal's own.

/// The values of the `:names`, if the path fits. A literal segment goes before a name by the order of the table.
pub fn matches(pattern: &str, path: &str) -> Option<Vec<String>> {
    let path = if path.len() > 1 { path.strip_suffix('/').unwrap_or(path) } else { path };
    let mut parameters = Vec::new();
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        match expected.starts_with(':') {
            true if !segment.is_empty() => parameters.push(segment.to_string()),
            false if segment == expected => {}
            _ => return None,
        }
    }
    segments.next().is_none().then_some(parameters)
}
