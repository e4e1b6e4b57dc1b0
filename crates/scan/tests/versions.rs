//! Known answers from each ecosystem's specification.

use std::cmp::Ordering::{Equal, Greater, Less};

use mantrap_scan::version::{Ecosystem, Event, Range, Verdict, compare, find_in_tag};

/// Each list is in ascending order; every pair is checked both ways.
fn ascending(ecosystem: Ecosystem, versions: &[&str]) {
    for (low, one) in versions.iter().enumerate() {
        for (high, other) in versions.iter().enumerate() {
            let expected = low.cmp(&high);
            assert_eq!(
                compare(ecosystem, one, other),
                Some(expected),
                "{ecosystem:?}: {one} against {other}"
            );
        }
    }
}

fn equal(ecosystem: Ecosystem, pairs: &[(&str, &str)]) {
    for (one, other) in pairs {
        assert_eq!(compare(ecosystem, one, other), Some(Equal), "{ecosystem:?}: {one} and {other}");
    }
}

#[test]
fn python_versions_follow_pep_440() {
    // The order given in PEP 440, "Summary of permitted suffixes and relative ordering".
    ascending(
        Ecosystem::Pypi,
        &[
            "1.dev0",
            "1.0.dev456",
            "1.0a1",
            "1.0a2.dev456",
            "1.0a12.dev456",
            "1.0a12",
            "1.0b1.dev456",
            "1.0b2",
            "1.0b2.post345.dev456",
            "1.0b2.post345",
            "1.0rc1.dev456",
            "1.0rc1",
            "1.0",
            "1.0+abc.5",
            "1.0+abc.7",
            "1.0+5",
            "1.0.post456.dev34",
            "1.0.post456",
            "1.0.15",
            "1.1.dev1",
            "1!0.5",
        ],
    );
    ascending(Ecosystem::Pypi, &["2.4.0rc0", "2.4.0", "2.12.0", "2025.7.01", "2025.9.25", "2025.12.17"]);
    ascending(Ecosystem::Pypi, &["1.83.6-nightly", "1.83.6", "1.83.7-stable", "1.83.14"]);
    equal(
        Ecosystem::Pypi,
        &[
            ("1.0", "1.0.0"),
            ("v1.0", "1.0"),
            ("1.83.7-stable", "1.83.7"),
            ("2025.7.01", "2025.7.1"),
            ("1.0-rc.1", "1.0rc1"),
        ],
    );
}

#[test]
fn npm_crates_and_go_follow_semantic_versioning() {
    for ecosystem in [Ecosystem::Npm, Ecosystem::Cargo, Ecosystem::Go] {
        // Semantic Versioning 2.0, section 11.
        ascending(
            ecosystem,
            &[
                "1.0.0-alpha",
                "1.0.0-alpha.1",
                "1.0.0-alpha.beta",
                "1.0.0-beta",
                "1.0.0-beta.2",
                "1.0.0-beta.11",
                "1.0.0-rc.1",
                "1.0.0",
                "2.0.0",
                "2.1.0",
                "2.1.1",
            ],
        );
        ascending(ecosystem, &["0.6.3", "0.6.4", "2025.7.01", "2025.12.18", "2026.4.20"]);
        ascending(ecosystem, &["v0.0.0-20240101000000-abcdefabcdef", "v0.0.1", "v2.0.0+incompatible"]);
        equal(
            ecosystem,
            &[("1.0.0+build", "1.0.0"), ("v1.2.3", "1.2.3"), ("2025.7.01", "2025.7.1"), ("1.2", "1.2.0")],
        );
    }
    ascending(Ecosystem::Npm, &["2.0.0-beta.1", "2.0.0-beta.17", "2.0.0"]);
    ascending(Ecosystem::Npm, &["18446744073709551615.0.0", "18446744073709551616.0.0"]);
}

#[test]
fn maven_versions_follow_comparable_version() {
    // The lists of Maven's own ComparableVersionTest.
    ascending(
        Ecosystem::Maven,
        &[
            "1-alpha2snapshot",
            "1-alpha2",
            "1-alpha-123",
            "1-beta-2",
            "1-beta123",
            "1-m2",
            "1-m11",
            "1-rc",
            "1-rc2",
            "1-rc123",
            "1-snapshot",
            "1",
            "1-sp",
            "1-sp2",
            "1-sp123",
            "1-abc",
            "1-def",
            "1-pom-1",
            "1-1-snapshot",
            "1-1",
            "1-2",
            "1-123",
        ],
    );
    ascending(
        Ecosystem::Maven,
        &[
            "2.0.1",
            "2.0.1-xyz",
            "2.0.1-123",
            "2.0.2",
            "2.0.123",
            "2.1.0",
            "2.1-a",
            "2.1b",
            "2.1-c",
            "2.1-1",
            "2.1.0.1",
            "2.2",
            "2.123",
            "11.a2",
            "11.a11",
            "11.b2",
            "11.b11",
            "11.m2",
            "11.m11",
            "11",
            "11.a",
            "11b",
            "11c",
            "11m",
        ],
    );
    equal(
        Ecosystem::Maven,
        &[
            ("1", "1.0"),
            ("1", "1.0.0"),
            ("1-0", "1"),
            ("1.0-0", "1"),
            ("1a1", "1-alpha-1"),
            ("1m3", "1-milestone-3"),
            ("1ga", "1"),
            ("1final", "1"),
            ("1cr", "1rc"),
            ("1X", "1x"),
            ("0.0.0.0", "0"),
        ],
    );
}

#[test]
fn nuget_versions_have_four_numbers_and_labels_without_case() {
    ascending(
        Ecosystem::Nuget,
        &["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-Beta", "1.0.0-rc", "1.0.0", "1.0.0.1", "1.0.1"],
    );
    equal(
        Ecosystem::Nuget,
        &[("1.0", "1.0.0.0"), ("1.0.0-RC", "1.0.0-rc"), ("1.01.1", "1.1.1"), ("1.0.0+abc", "1.0.0")],
    );
}

#[test]
fn gem_versions_treat_letters_as_pre_releases() {
    ascending(
        Ecosystem::Rubygems,
        &["1.0.a", "1.0.b1", "1.0.b2", "1.0.b10", "1.0.rc1", "1.0", "1.0.1", "1.10"],
    );
    ascending(Ecosystem::Rubygems, &["1.8.2.a", "1.8.2.a9", "1.8.2.a10", "1.8.2.b", "1.8.2"]);
    equal(Ecosystem::Rubygems, &[("1.2", "1.2.0"), ("1.2.b1", "1.2.b.1"), ("1.0.0-1", "1.0.0.pre.1")]);
}

#[test]
fn composer_versions_know_their_stabilities() {
    ascending(
        Ecosystem::Packagist,
        &[
            "1.0-dev",
            "1.0-alpha1",
            "1.0-alpha2",
            "1.0-beta1",
            "1.0-RC1",
            "1.0",
            "1.0-patch1",
            "1.0.1",
            "2.0.0.1",
        ],
    );
    equal(Ecosystem::Packagist, &[("v1.0", "1.0.0.0"), ("1.0b2", "1.0-beta2"), ("1.0.0-stable", "1.0")]);
    assert_eq!(compare(Ecosystem::Packagist, "dev-main", "1.0"), None);
}

#[test]
fn program_versions_know_that_lts_and_stable_are_releases() {
    ascending(
        Ecosystem::Application,
        &["0.8.1", "0.8.2-rc2", "0.8.2-rc10", "0.8.2", "2.9.9", "2.10.0-lts", "2.10.1"],
    );
    equal(
        Ecosystem::Application,
        &[("2.10.0-lts", "2.10.0"), ("v0.2.5", "0.2.5"), ("1.9.0-alpine", "1.9.0")],
    );
}

#[test]
fn what_cannot_be_compared_says_so() {
    for ecosystem in Ecosystem::ALL {
        let takes_empty_numbers = ecosystem == Ecosystem::Maven;
        let takes_any_suffix = matches!(ecosystem, Ecosystem::Oci | Ecosystem::Application);
        let mut odd =
            vec!["", " ", "latest", "main", "*", "^1.2.3", ">=1", "ü.1", "${version}", "git+https://x"];
        odd.extend((!takes_empty_numbers).then_some("1..2"));
        odd.extend((!takes_any_suffix).then_some("1.0.0-ß"));
        for odd in odd {
            assert_eq!(compare(ecosystem, odd, "1.0.0"), None, "{ecosystem:?}: {odd}");
            assert_eq!(compare(ecosystem, "1.0.0", odd), None, "{ecosystem:?}: {odd}");
        }
        let long = "1.".repeat(5000) + "1";
        assert_eq!(compare(ecosystem, &long, "1"), None);
    }
}

#[test]
fn a_range_is_decided_by_the_nearest_event_below() {
    let range = Range {
        events: vec![
            Event::Fixed("0.6.4".into()),
            Event::Introduced("2025.0.0".into()),
            Event::Introduced("0".into()),
            Event::Fixed("2025.7.1".into()),
        ],
    };
    let verdict = |version| range.verdict(Ecosystem::Npm, version);
    assert_eq!(verdict("0.6.3"), Verdict::Affected);
    assert_eq!(verdict("0.6.4"), Verdict::NotAffected);
    assert_eq!(verdict("2025.3.28"), Verdict::Affected);
    assert_eq!(verdict("2025.7.01"), Verdict::NotAffected);
    assert_eq!(verdict("latest"), Verdict::Unknown);
    assert_eq!(range.fix_after(Ecosystem::Npm, "0.5.0"), Some("0.6.4"));
    assert_eq!(range.fix_after(Ecosystem::Npm, "2025.3.28"), Some("2025.7.1"));

    let last =
        Range { events: vec![Event::Introduced("1.0.0".into()), Event::LastAffected("1.10.0".into())] };
    assert_eq!(last.verdict(Ecosystem::Pypi, "1.10.0"), Verdict::Affected);
    assert_eq!(last.verdict(Ecosystem::Pypi, "1.10.0.post1"), Verdict::NotAffected);
    assert_eq!(last.verdict(Ecosystem::Pypi, "0.9"), Verdict::NotAffected);
}

#[test]
fn image_tags_give_up_their_versions() {
    assert_eq!(find_in_tag("main-v1.83.0-stable"), Some("1.83.0-stable"));
    assert_eq!(find_in_tag("v0.8.1"), Some("0.8.1"));
    assert_eq!(find_in_tag("py3-1.2.3"), Some("1.2.3"));
    assert_eq!(find_in_tag("3.0.13"), Some("3.0.13"));
    assert_eq!(find_in_tag("latest"), None);
    assert_eq!(find_in_tag("sha-abc123"), None);
    assert_eq!(compare(Ecosystem::Oci, "1.83.0-stable", "1.83.7"), Some(Less));
    assert_eq!(compare(Ecosystem::Oci, "1.84.0", "1.83.7"), Some(Greater));
}
