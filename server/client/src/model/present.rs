//! Slides and their templates.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A template of slides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SlideTemplate {
    /// Its id.
    pub id: Uuid,
    /// Where the file is.
    pub uri: String,
    /// Its name.
    pub name: String,
    /// What kind of customers it is for.
    pub customer_type: Option<String>,
    /// The tenant that it belongs to.
    pub tenant_id: Option<Uuid>,
    /// The record of the CRM that it belongs to.
    pub owner_id: Option<String>,
    /// Labels.
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub labels: Vec<String>,
}

/// A template, with what is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SlideTemplateDetails {
    /// Its id.
    pub id: Uuid,
    /// Where the file is.
    pub uri: String,
    /// Its name.
    pub name: String,
    /// What kind of customers it is for.
    pub customer_type: Option<String>,
    /// The tenant that it belongs to.
    pub tenant_id: Option<Uuid>,
    /// The record of the CRM that it belongs to.
    pub owner_id: Option<String>,
    /// Labels.
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub labels: Vec<String>,
    /// What can be filled in.
    pub tags: Vec<Tag>,
    /// Its sections.
    pub sections: Vec<TemplateSection>,
}

/// Something that can be filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tag {
    /// Its name: `[tag:name]` on a slide.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
}

/// A section of a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TemplateSection {
    /// What it is called.
    pub name: String,
    /// Where it is shown.
    pub uri: Option<String>,
    /// Its slides.
    pub slides: Vec<Slide>,
}

/// A slide of a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Slide {
    /// The section within the section.
    pub sub_section_name: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Where its picture is.
    pub slide_image: Option<String>,
    /// Names of what can be filled in on it.
    pub tags: Vec<String>,
}

/// Pictures of the slides of a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SlideImagesResponse {
    /// The template.
    pub template_name: String,
    /// The pictures.
    pub slide_images: Vec<SlideImage>,
}

/// A picture of a slide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SlideImage {
    /// Where it is.
    pub image_uri: String,
    /// The slide.
    pub slide_name: String,
}

/// Slides that are to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SlideDeck {
    /// What is filled in: a text for each tag.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// The same for tags that are lists.
    #[serde(default)]
    pub scalar_metadata: BTreeMap<String, Vec<String>>,
    /// Which slides.
    pub slide_configuration: SlideConfiguration,
    /// The record of the CRM that it belongs to.
    pub owner_id: String,
}

/// Which slides, in their order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SlideConfiguration {
    /// The slides.
    pub selected_slides: Vec<SelectedSlide>,
}

/// A slide of a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SelectedSlide {
    /// The template.
    pub template_name: String,
    /// The slide: `[slide:name]` in its notes.
    pub slide_name: String,
}

/// Where slides are; one of the first two is enough.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SlideDeckLocation {
    /// The id under which they were stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_id: Option<String>,
    /// The address at which they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_url: Option<String>,
    /// The record of the CRM that they belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
}

/// Where something was stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContentResponse {
    /// The id under which it was.
    pub content_id: String,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct File {
    /// Its bytes, in base64.
    pub contents: String,
    /// Its media type.
    pub content_type: Option<String>,
    /// Its name.
    pub filename: Option<String>,
}

/// Something about a template that people should know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ValidationResult {
    /// The slide; 0 is the whole.
    pub slide_number: i32,
    /// What the slide is called.
    pub slide_name: Option<String>,
    /// What it is.
    pub message: Option<String>,
    /// How bad it is: 0 is a note, 1 a warning, 2 an error.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "schema", schemars(range(max = 2)))]
    pub kind: u8,
}

/// Which templates are listed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TemplatesQuery {
    /// Those that bear one of these labels, in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub labels: Vec<String>,
}

/// Labels, all of them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LabelsBody {
    /// Labels. One that is new is registered.
    pub labels: Vec<String>,
}

/// A template that was stored before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TemplateContent {
    /// The id under which it was.
    pub content_id: String,
    /// What it is to be called.
    pub name: String,
    /// The kind of customers that it is for.
    pub category: String,
}

/// A template as a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TemplateFile {
    /// The file.
    #[cfg_attr(feature = "schema", schemars(schema_with = "binary"))]
    pub file: Vec<u8>,
    /// What it is to be called.
    pub name: String,
    /// The kind of customers that it is for.
    pub category: String,
}

/// A file that was stored before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ValidationContent {
    /// The id under which it was.
    pub content_id: String,
}

/// A template as a file, to be looked at.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ValidationFile {
    /// The file.
    #[cfg_attr(feature = "schema", schemars(schema_with = "binary"))]
    pub file: Vec<u8>,
}

/// Slides as a file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SlideFile {
    /// The file.
    #[cfg_attr(feature = "schema", schemars(schema_with = "binary"))]
    pub file: Vec<u8>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The kind of customers that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
}

/// Bytes, as a part of a form.
#[cfg(feature = "schema")]
fn binary(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": "string", "format": "binary"})
}
