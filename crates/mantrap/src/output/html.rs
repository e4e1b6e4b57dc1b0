pub(super) fn render(_scene: &super::Scene<'_>) -> String {
    String::new()
}
