//! What an address asks to compare: questions and platforms, as a form or a link names them.
//!
//! Invariant: any query string is a choice or none; a choice holds no value twice and a bounded number of values.

use super::words;

/// Most values of one kind that are read from an address.
const MOST: usize = 60;

/// What an address asks to compare.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    /// Slugs of questions, without doubles.
    pub types: Vec<String>,
    /// Slugs of platforms, without doubles.
    pub platforms: Vec<String>,
    /// A form names each value by itself; the address of a comparison names them in one list.
    pub is_form: bool,
}

impl Choice {
    /// Reads an address; `None` where it asks for no comparison.
    pub(super) fn of(query: Option<&str>) -> Option<Self> {
        let mut choice = Self::default();
        let mut named = [0_usize; 2];
        for (name, value) in url::form_urlencoded::parse(query?.as_bytes()) {
            let (list, count) = match &*name {
                "type" => (&mut choice.types, &mut named[0]),
                "platforms" | "platform" => (&mut choice.platforms, &mut named[1]),
                _ => continue,
            };
            *count += 1;
            for slug in value.split(',').map(|slug| words::clipped(slug, 80).to_lowercase()) {
                if !slug.is_empty() && list.len() < MOST && !list.contains(&slug) {
                    list.push(slug);
                }
            }
        }
        choice.is_form = named.iter().any(|count| *count > 1);
        named.iter().any(|count| *count > 0).then_some(choice)
    }

    /// The query string of the comparison.
    pub(super) fn query(&self) -> String {
        format!("?type={}&platforms={}", joined(&self.types), joined(&self.platforms))
    }
}

fn joined(slugs: &[String]) -> String {
    slugs
        .iter()
        .map(|slug| super::encoded(slug))
        .collect::<Vec<_>>()
        .join(",")
}

#[cfg(test)]
mod tests {
    use super::Choice;

    #[test]
    fn an_address_and_a_form_name_the_same_choice() {
        let list = Choice::of(Some("type=a,b&platforms=x,y,x")).unwrap();
        let form = Choice::of(Some("type=a&type=b&platforms=x&platforms=y&platforms=")).unwrap();
        assert_eq!((&list.types, &list.platforms), (&form.types, &form.platforms));
        assert!(form.is_form && !list.is_form);
        assert_eq!(form.query(), "?type=a,b&platforms=x,y");
        assert_eq!(Choice::of(Some("q=1")), None);
        assert_eq!(Choice::of(None), None);
        let slugs: Vec<String> = (0..200).map(|number| format!("p{number}")).collect();
        let many = format!("platforms={}", slugs.join(","));
        assert_eq!(Choice::of(Some(&many)).unwrap().platforms.len(), super::MOST);
    }
}
