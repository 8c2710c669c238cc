/* Asks a server what a picture is: client URL MODEL PICTURE [KEY_FILE]. */
#include <mica/mica.h>

#include <stdio.h>
#include <stdlib.h>

static mica_status ask(mica_client *c, const char *model, const char *path, mica_error *err) {
    static unsigned char picture[8 << 20];
    FILE *file = fopen(path, "rb");
    const size_t size = file ? fread(picture, 1, sizeof picture, file) : 0;
    if (file) fclose(file);

    const mica_client_model *m;
    const mica_answer *answer;
    MICA_TRY(mica_client_describe(c, model, NULL, &m, err));
    printf("%s takes %s, gives %s\n", m->name, m->input[0].name, m->output[0].name);
    MICA_TRY(
        mica_client_picture(c, model, picture, size, MICA_OPTIONS(ask, .top = 3), &answer, err));
    for (int i = 0; i < answer->top; i++)
        printf("%-12s %.4f\n", answer->classes[i].name, answer->classes[i].score);
    return MICA_OK;
}

int main(int argc, char **argv) {
    mica_error err = {0};
    mica_client *c = NULL;
    if (argc < 4) return fprintf(stderr, "client URL MODEL PICTURE [KEY_FILE]\n"), 2;
    mica_status status = mica_client_open(
        argv[1], MICA_OPTIONS(client, .key_file = argc > 4 ? argv[4] : NULL), &c, &err);
    if (status == MICA_OK) status = ask(c, argv[2], argv[3], &err);
    if (status != MICA_OK) fprintf(stderr, "%s\n", err.message);
    mica_client_close(&c);
    return status != MICA_OK;
}
