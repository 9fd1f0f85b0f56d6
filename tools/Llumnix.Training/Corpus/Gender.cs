namespace Llumnix.Training.Corpus;

public enum Gender
{
    Female,
    Male,
}
