//! The file that keeps where the reader was: one for each store, private, written whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::app::place::{Place, VERSION};
use crate::core::text::sha256_hex;

/// Where the place in a store is kept: below `FDSP_STATE_DIR`, else below the user's folder for state.
pub fn path_for(db: &Path) -> Option<PathBuf> {
    let named = std::env::var_os("FDSP_STATE_DIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = named.or_else(|| {
        let base = etcetera::choose_base_strategy().ok()?;
        Some(base.state_dir().unwrap_or_else(|| base.data_dir()).join("fdsp"))
    })?;
    let db = std::fs::canonicalize(db).or_else(|_| std::path::absolute(db)).ok()?;
    let name = sha256_hex(db.as_os_str().as_encoded_bytes());
    Some(folder.join("places").join(format!("{}.toml", &name[..16])))
}

/// What was kept, if anything. A file that cannot be used is put aside.
///
/// # Errors
/// In words for the screen: what was wrong, and where the file is now.
pub fn read(path: &Path) -> Result<Option<Place>, String> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return aside(path, &error.to_string()),
    };
    match toml::from_str::<Place>(&text) {
        Ok(place) if place.version == VERSION => Ok(Some(place)),
        Ok(place) => aside(path, &format!("it has the form {}, not {VERSION}", place.version)),
        Err(error) => aside(path, error.message().lines().next().unwrap_or_default()),
    }
}

fn aside(path: &Path, why: &str) -> Result<Option<Place>, String> {
    let bad = path.with_extension("bad");
    let where_now = match std::fs::rename(path, &bad) {
        Ok(()) => format!("it is {} now", bad.display()),
        Err(error) => format!("{} stays: {error}", path.display()),
    };
    Err(format!("where you were is not known: {why}; {where_now}"))
}

/// Keeps a place.
///
/// # Errors
/// When the folder or the file cannot be written; what was kept before is whole then.
pub fn write(path: &Path, place: &Place) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let text = toml::to_string(place).map_err(io::Error::other)?;
    // Nobody else can read a temporary file, and it takes the old one's place in one step.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map(|_| ()).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        toml::from_str("version = 1\nrun = \"r\"\nsteps = true\nstep = \"s2.k1\"\napproach = \"fdsp\"").unwrap()
    }

    #[test]
    fn a_place_reads_back_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("a.toml");
        assert_eq!(read(&path), Ok(None));
        write(&path, &place()).unwrap();
        let other = Place { filter: "cwe-89 \"x\"\n".into(), item: Some("a/b".into()), ..place() };
        write(&path, &other).unwrap();
        assert_eq!(read(&path), Ok(Some(other)));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_file_that_is_none_is_told_and_put_aside() {
        for (text, why) in [
            ("rubbish", "expected"),
            ("version = 9\nrun = \"r\"\nsteps = true", "form 9"),
            ("version = 1\nrun = \"r\"\nsteps = true\npane = \"Nowhere\"", "Nowhere"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.toml");
            std::fs::write(&path, text).unwrap();
            let told = read(&path).unwrap_err();
            assert!(told.contains(why) && told.contains("a.bad"), "{told}");
            assert_eq!(std::fs::read_to_string(folder.path().join("a.bad")).unwrap(), text);
            assert_eq!(read(&path), Ok(None));
        }
    }

    #[test]
    fn every_store_has_a_place_of_its_own() {
        let (one, two) = (path_for(Path::new("/a/store.db")), path_for(Path::new("/b/store.db")));
        assert!(one.is_some() && one != two);
    }
}
