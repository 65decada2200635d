//! Slides, and their templates.

use engage_client::model::{
    ContentResponse, File, LabelsBody, SlideDeck, SlideDeckLocation, SlideFile, SlideImagesResponse, SlideTemplate,
    SlideTemplateDetails, TemplateContent, TemplateFile, TemplatesQuery, ValidationContent, ValidationFile,
    ValidationResult,
};
use serde_json::{Value, json};

use super::examples::{deck, list, template, template_details};
use crate::openapi::{Body, Described, Shape, Success};

const TAG: &str = "Present";
const FORM: &str = "multipart/form-data";
const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";

/// A file, sent as a form.
fn form(shape: Shape) -> Body {
    Body { media: FORM, shape, required: true, example: None }
}

fn bytes(status: u16, media: &'static str) -> Success {
    Success { status, content: Some((media, Shape::BYTES)), example: None }
}

pub(super) fn all() -> Vec<Described> {
    let mut all = slides();
    all.extend(templates());
    all.extend(parts());
    all.into_iter().map(|said| said.refuses([501])).collect()
}

fn slides() -> Vec<Described> {
    let content = json!({"contentId": "c-17"});
    vec![
        Described::new("Slides_create", TAG, "Make slides")
            .takes(Shape::of::<SlideDeck>(), deck())
            .success(bytes(200, PPTX)),
        Described::new("Slides_generate", TAG, "Make slides and store them")
            .says("They are stored for a day, or put into the CRM where an owner is named.")
            .takes(Shape::of::<SlideDeck>(), deck())
            .answers(200, Shape::of::<ContentResponse>(), content.clone()),
        Described::new("Slides_pdf", TAG, "Make a PDF of slides")
            .says("Of slides that were stored, stored as well; of a file, as a file. `Accept: application/pdf` asks for the bytes.")
            .takes(Shape::of::<SlideDeckLocation>(), content.clone())
            .body(form(Shape::of::<SlideFile>()))
            .answers(200, Shape::of::<Stored>(), content)
            .success(bytes(200, "application/pdf")),
    ]
}

/// Where something was stored, or the file itself.
#[derive(schemars::JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "nothing is made of it but its schema")]
enum Stored {
    /// It was stored.
    Content(ContentResponse),
    /// Here it is.
    File(File),
}

fn templates() -> Vec<Described> {
    let details = Shape::of::<SlideTemplateDetails>();
    vec![
        Described::new("Templates_all", TAG, "List templates")
            .says("Those that are in use.")
            .asks::<TemplatesQuery>()
            .answers(200, Shape::of::<Vec<SlideTemplate>>(), list(&template())),
        Described::new("Templates_upload", TAG, "Upload a template")
            .says("One of the same name is replaced. It may take a minute.")
            .takes(
                Shape::of::<TemplateContent>(),
                json!({"contentId": "c-17", "name": "pension", "category": "Private"}),
            )
            .body(form(Shape::of::<TemplateFile>()))
            .answers(200, details, template_details()),
        Described::new("Templates_validate", TAG, "Look at a template without storing it")
            .takes(Shape::of::<ValidationContent>(), json!({"contentId": "c-17"}))
            .body(form(Shape::of::<ValidationFile>()))
            .answers(
                200,
                Shape::of::<Vec<ValidationResult>>(),
                json!([{"slideNumber": 1, "slideName": "savings", "message": "A font is missing", "type": 0}]),
            ),
        named("Templates_get", "Read a template").answers(200, details, template_details()),
        named("Templates_delete", "Take a template out of use").says("What is known of it stays.").done(200),
    ]
}

/// An operation on a template, which is named by its id or its name.
fn named(id: &'static str, summary: &'static str) -> Described {
    Described::new(id, TAG, summary).path::<String>("name", "The template: its id, or its name.")
}

fn parts() -> Vec<Described> {
    let images = json!({
        "templateName": "pension",
        "slideImages": [{"imageUri": "https://engage.example/templates/pension/1.png", "slideName": "savings"}],
    });
    let image: Value = json!("https://engage.example/templates/pension/1.png");
    vec![
        named("Templates_getTemplateSlides", "List pictures of the slides of a template").answers(
            200,
            Shape::of::<SlideImagesResponse>(),
            images,
        ),
        Described::new("Templates_getTemplateSlide", TAG, "Read where the picture of a slide is")
            .path::<String>("templateName", "The template: its id, or its name.")
            .path::<String>("slideName", "The slide.")
            .answers(200, Shape::of::<String>(), image),
        Described::new("Templates_patchLabels", TAG, "Set the labels of a template")
            .says("All of them: those that are not sent are taken off.")
            .path::<String>("id", "The template: its id, or its name.")
            .takes(Shape::of::<LabelsBody>(), json!({"labels": ["Premium"]}))
            .answers(200, Shape::of::<SlideTemplate>(), template()),
    ]
}
