import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "vite";

const sources = resolve(import.meta.dirname, "actions/frontend");

// typst sets the letters and cannot read woff2, so these stay TrueType and keep their names.
const letterFonts = [
  "source-serif-4/400Regular/SourceSerif4_400Regular.ttf",
  "source-serif-4/700Bold/SourceSerif4_700Bold.ttf",
  "noto-serif-khmer/NotoSerifKhmer_400Regular.ttf",
  "noto-serif-khmer/NotoSerifKhmer_700Bold.ttf",
  "noto-naskh-arabic/400Regular/NotoNaskhArabic_400Regular.ttf",
  "noto-naskh-arabic/700Bold/NotoNaskhArabic_700Bold.ttf",
];

const copies = {
  name: "copies",
  generateBundle() {
    for (const path of letterFonts) {
      this.emitFile({
        type: "asset",
        fileName: `pdf-fonts/${path.split("/").at(-1)}`,
        source: readFileSync(resolve(import.meta.dirname, "node_modules/@expo-google-fonts", path)),
      });
    }
    this.emitFile({
      type: "asset",
      name: "icon.svg",
      originalFileName: "icon.svg",
      source: readFileSync(resolve(sources, "icon.svg")),
    });
  },
};

export default defineConfig({
  root: sources,
  base: "./",
  publicDir: false,
  plugins: [copies],
  build: {
    outDir: resolve(import.meta.dirname, "actions/static/dist"),
    emptyOutDir: true,
    manifest: true,
    // The pages' policy allows no data: address.
    assetsInlineLimit: 0,
    modulePreload: false,
    // Logical properties reach the browser as written: Tor Browser and the last two years of the others know them.
    cssTarget: ["chrome120", "firefox115", "safari16.4"],
    rolldownOptions: {
      input: ["site.css", "fonts.css", "desk.css", "desk.js", "editor.css", "editor.js", "live.js"].map((name) => resolve(sources, name)),
      output: { assetFileNames: "[name]-[hash][extname]", entryFileNames: "[name]-[hash].js", chunkFileNames: "[name]-[hash].js" },
    },
  },
});
